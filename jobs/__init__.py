"""Runs of playbooks: people press, decide answers, workers carry steps out and write it down."""
