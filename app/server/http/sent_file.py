"""The file that a request brings: its body, or the one file of a form, as most clients send it."""

from fastapi import Request
from starlette.datastructures import UploadFile

from app.server.contract.errors import ServerError


async def sent_file(request: Request) -> bytes:
    """Return the bytes of the file.

    Raises:
        HTTPException: the form cannot be read.
        ServerError: the form brings no file, or several.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await request.body()
    async with request.form() as form:
        files = [one for _, one in form.multi_items() if isinstance(one, UploadFile)]
        if len(files) != 1:
            rule = f"a form must bring one file; got {len(files)}"
            raise ServerError(f"{rule}; send it as curl -F file=@PICTURE does, or as the body")
        return await files[0].read()
