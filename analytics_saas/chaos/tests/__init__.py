"""Tests of the chaos runs."""
