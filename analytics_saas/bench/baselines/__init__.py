"""What the collector is measured against, each as small as it can be."""
