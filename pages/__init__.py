"""The pages of the app. Streamlit only: no SQL, no model calls, no statistics.

Not called `pages`: Streamlit claims a folder of that name beside the app for a navigation of its
own, and answers the first deep link with "Page not found".
"""
