"""Recognition on threads, behind a bounded queue."""
