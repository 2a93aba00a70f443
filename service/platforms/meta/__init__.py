"""Meta (Facebook and Instagram) through the official facebook-business SDK."""
