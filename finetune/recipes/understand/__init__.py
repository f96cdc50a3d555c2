"""Learning to tag what people say: phrasings, the utterances drawn from them, and the network."""
