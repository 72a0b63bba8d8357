"""Runs of playbooks: people press, decide says what that leads to, workers carry steps out and write the journal."""
