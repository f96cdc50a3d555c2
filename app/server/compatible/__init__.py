"""The shapes that others speak: OpenAI's chat and embeddings, and reranking as Jina's."""

from app.server.compatible import completions, embeddings, models, rerank

routers = (models.router, embeddings.router, rerank.router, completions.router)
