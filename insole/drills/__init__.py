"""Drills: files that say what is trained, and the coach that follows them."""
