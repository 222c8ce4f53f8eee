"""What the OpenAPI document says beyond what each route and shape says by itself.

A name means one thing in this service, so what a field means, in which unit, and how it may look is
said once for all shapes, in `words`; where a shape's own field says it, that stands.
"""
