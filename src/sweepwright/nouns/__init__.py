"""The nouns: frozen values, one file each. What a problem is made of, what is asked of it, and what comes back."""
