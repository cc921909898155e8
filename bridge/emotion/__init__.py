"""What a feeling is: names and points, what people and programs say, and which source speaks."""
