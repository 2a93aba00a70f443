"""What campaigns, ad sets and ads may be: each module reads the parameters of a write into a draft and checks it.

A draft begins as what the object is (or as what a new one is), takes over what is asked, is checked as a whole, and
only then becomes the object: a refused write changes nothing.
"""
