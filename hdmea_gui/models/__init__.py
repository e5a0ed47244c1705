"""Models behind the window: the session with undo, the selection, and the tables and trees that views show."""
