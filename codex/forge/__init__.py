"""The places where repositories and their merge requests live, behind one small port."""
