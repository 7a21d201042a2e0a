"""What each page knows, without Qt."""
