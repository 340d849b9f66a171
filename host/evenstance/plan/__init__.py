"""From a verdict, a screen and a person's holds to a plan, or to the reason for none. Pure."""
