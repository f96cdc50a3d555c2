"""`dialens chat`: the conversation in a terminal."""
