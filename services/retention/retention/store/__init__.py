"""What retention keeps."""
