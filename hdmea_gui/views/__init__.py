"""Views of the session, one file each."""
