"""Fine-tuning: data becomes an adapter that search, chat and eval load by path."""
