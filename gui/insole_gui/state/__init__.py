"""What the pages know, without Qt."""
