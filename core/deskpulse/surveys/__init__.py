"""The survey itself: whom to ask, the invite, what happens on its link, and which answer counts."""
