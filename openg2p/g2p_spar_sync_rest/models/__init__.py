from . import fastapi_endpoint
from . import process_individual
