"""What a shortlist is, with no database and no web: values in, values out.

`states` and `position` say what the ranking reads; `question` is a position asked about at an
instant; `gates`, `levels`, `fit` and `match` judge one candidate; `ranking` puts everyone in order;
`explanation`, `steps` and `reasons` say why; `replays` what changed since.
"""
