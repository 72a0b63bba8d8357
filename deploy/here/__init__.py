"""`vault-responder command --here`: all of it on one machine, where Redis and Slack are gone."""
