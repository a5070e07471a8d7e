"""What an annotator sees. One class is one kind of field, one file holds one class."""

from feedback_widgets.fields.base import Field
from feedback_widgets.fields.chat import ChatField
from feedback_widgets.fields.code import CodeField
from feedback_widgets.fields.custom import CustomField
from feedback_widgets.fields.image import ImageField
from feedback_widgets.fields.table import TableField
from feedback_widgets.fields.text import TextField

__all__ = ["ChatField", "CodeField", "CustomField", "Field", "ImageField", "TableField", "TextField"]
