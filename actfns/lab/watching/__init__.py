"""Looking into networks that somebody else wrote, while they run: dead and saturated units."""
