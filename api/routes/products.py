"""`/products`: products and their stock."""

from fastapi import APIRouter, Response, status

from api.auth.scopes import Scope, needs
from api.dependencies import InContext, Note, Sku
from api.openapi.responses import dependency_problems
from api.schemas.requests import ProductData
from api.schemas.responses import ProductList, ProductResponse
from domain.errors import NotFoundError
from domain.product import Product
from storage import inventory

router = APIRouter(tags=["products"])


@router.get("/products", responses=dependency_problems(), dependencies=[needs(Scope.ORDERS_READ)])
async def list_products(context: InContext) -> ProductList:
    """Every product, by sku."""
    products = await context.database.read(inventory.find_all)
    return ProductList(products=[ProductResponse.of(product) for product in products])


@router.get(
    "/products/{sku}",
    responses=dependency_problems(NotFoundError),
    dependencies=[needs(Scope.ORDERS_READ)],
)
async def get_product(context: InContext, sku: Sku) -> ProductResponse:
    """A product and its available stock."""
    return ProductResponse.of(await context.database.read(inventory.find, sku))


@router.put(
    "/products/{sku}",
    responses={201: {"model": ProductResponse, "description": "The product was created"}}
    | dependency_problems(),
    dependencies=[needs(Scope.OPERATOR)],
)
async def put_product(
    context: InContext, note: Note, sku: Sku, body: ProductData, response: Response
) -> ProductResponse:
    """Create a product, or set its name, price and stock."""
    note(price=body.price, stock=body.stock)
    product = Product(sku=sku, currency=context.settings.currency, **body.model_dump())
    if await context.database.write(inventory.put, product):
        response.status_code = status.HTTP_201_CREATED
    return ProductResponse.of(product)
