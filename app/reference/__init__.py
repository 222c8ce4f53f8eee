"""The API's reference as pages: Swagger UI to try it out, Redoc to read; no outside host is asked.

Both come with the package fastapi-offline, which carries Swagger UI (Apache-2.0) and Redoc (MIT) as
they are published. The pages and the few lines that start them are ours.
"""
