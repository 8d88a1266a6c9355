"""API tokens: their text form, who may see and make them, and every change to them."""
