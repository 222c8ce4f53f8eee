"""Tries, rejections and the advice given at them."""
