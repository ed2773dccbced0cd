"""Items and attributes of one domain; the packaged film catalogue is facts only."""
