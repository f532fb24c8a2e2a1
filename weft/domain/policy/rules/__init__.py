"""The rules that come with Weft; ``catalogue`` lists them."""
