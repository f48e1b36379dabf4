"""`/products`: what we sell."""

from fastapi import APIRouter, Response, status

from api.auth.scopes import Scope, needs
from api.dependencies import InContext, Sku
from api.openapi.responses import storing
from api.schemas.requests import ProductData
from api.schemas.responses import Product, ProductList
from domain import product
from domain.errors import NotFoundError
from storage import inventory

router = APIRouter(tags=["products"])


@router.get("/products", responses=storing(), dependencies=[needs(Scope.ORDERS_READ)])
async def list_products(context: InContext) -> ProductList:
    """Every product, by sku."""
    products = await context.store.read(inventory.find_all)
    return ProductList(products=[Product.of(product) for product in products])


@router.get(
    "/products/{sku}",
    responses=storing(NotFoundError),
    dependencies=[needs(Scope.ORDERS_READ)],
)
async def get_product(context: InContext, sku: Sku) -> Product:
    """A product and how much of it can be sold now."""
    return Product.of(await context.store.read(inventory.find, sku))


@router.put(
    "/products/{sku}",
    responses={201: {"model": Product, "description": "The product is new"}} | storing(),
    dependencies=[needs(Scope.OPERATOR)],
)
async def put_product(
    context: InContext, sku: Sku, body: ProductData, response: Response
) -> Product:
    """Create a product, or set its name, price and stock."""
    wanted = product.Product(sku=sku, currency=context.settings.currency, **body.model_dump())
    if await context.store.write(inventory.put, wanted):
        response.status_code = status.HTTP_201_CREATED
    return Product.of(wanted)
