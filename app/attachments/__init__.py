"""Files handed in about candidates: a résumé, evidence, a report card."""
