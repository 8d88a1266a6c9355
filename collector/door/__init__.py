"""The rooms behind the front door: requests, answers, what a process knows, the endpoints."""
