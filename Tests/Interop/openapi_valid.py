"""Ends with 0 when standard input is a valid OpenAPI 3.1 document."""

import json
import sys

from openapi_spec_validator import OpenAPIV31SpecValidator

OpenAPIV31SpecValidator(json.load(sys.stdin)).validate()
