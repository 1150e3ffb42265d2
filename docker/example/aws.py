"""Where AWS is: Millrace when AWS_ENDPOINT is set, as it is in compose.example.yaml; AWS itself otherwise."""

import os

import boto3

ORDERS = "orders"
CUSTOMERS = "customers"


def client(service):
    return boto3.client(service, endpoint_url=os.environ.get("AWS_ENDPOINT"))
