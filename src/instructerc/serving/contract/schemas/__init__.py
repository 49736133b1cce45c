"""What requests and answers hold: the service's contract, from which its OpenAPI document is made."""
