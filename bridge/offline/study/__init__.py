"""What a study needs: figures and tables of recorded and rendered faces."""
