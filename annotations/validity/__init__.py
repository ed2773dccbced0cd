"""Whether automatic metrics say what people say: the two side by side."""
