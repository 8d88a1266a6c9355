"""`make audit-privacy`: proofs on the running product that it forgets what it must."""
