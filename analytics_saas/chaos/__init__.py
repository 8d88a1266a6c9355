"""The whole path under load while its parts are killed, stopped, cut off and filled up."""
