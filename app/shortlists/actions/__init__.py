"""Acting: the projection, making a list, deciding on its entries, running it again."""

from app.shortlists.actions.making import make_shortlist
from app.shortlists.actions.posting import post_everyone
from app.shortlists.actions.projection import bring_up_to_date, store_ranking_row

__all__ = ["bring_up_to_date", "make_shortlist", "post_everyone", "store_ranking_row"]
