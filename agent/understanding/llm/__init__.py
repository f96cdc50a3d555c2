"""An interpreter that asks a language model, held to a schema and checked by the built-in one."""
