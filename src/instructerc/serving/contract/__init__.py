"""What requests and answers hold, and what a refusal says."""
