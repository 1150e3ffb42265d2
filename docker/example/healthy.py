"""The service's health check: fails when the service does not answer."""

import urllib.request

urllib.request.urlopen("http://localhost:8080/health", timeout=2)
