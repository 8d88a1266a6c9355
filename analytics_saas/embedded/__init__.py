"""What `make up` starts on a machine without servers; absent from production images."""
