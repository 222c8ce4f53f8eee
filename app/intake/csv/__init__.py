"""Candidates out of a spreadsheet, and back into one.

sheets    bytes to records: charset, delimiter, line numbers
headers   what the columns are called, here and by vendors
cells     one cell to a value and back
rows      a record to what it tells
"""
