"""What retention can do. An action takes a session and never commits; the door does."""
