"""Worker Deployments: which build of a bounded context's worker gets its tasks, and who is left.

Each task queue is a deployment of its own, each release of its worker a version: its build id.
Source: https://docs.temporal.io/worker-versioning
"""

from dataclasses import dataclass

import temporalio.common
from temporalio.api.deployment.v1 import WorkerDeploymentInfo, WorkerDeploymentVersion
from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DeleteWorkerDeploymentVersionRequest,
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

_STATUS_PREFIX = "WORKER_DEPLOYMENT_VERSION_STATUS_"


def deployment_version(name: str, build_id: str) -> WorkerDeploymentConfig | None:
    """For a worker of that deployment; None, for a worker without a version, without a build id.

    Its workflows move to the version that is current with their next task, but those that its
    runner pins.
    """
    if not build_id:
        return None
    return WorkerDeploymentConfig(
        temporalio.common.WorkerDeploymentVersion(name, build_id),
        use_worker_versioning=True,
        default_versioning_behavior=temporalio.common.VersioningBehavior.AUTO_UPGRADE,
    )


@dataclass(frozen=True)
class Version:
    """A build of a context's worker.

    `status` is current, ramping, draining, drained, inactive or created; `percentage` the share of
    workflows that a ramping one gets. `running` counts the running workflows whose latest task it
    carried out; those of them that are `pinned` stay with it until they end.
    """

    build_id: str
    status: str
    percentage: float
    running: int
    pinned: int

    @property
    def is_drained(self) -> bool:
        """Whether nothing is or can be pinned to it; Temporal looks every few minutes."""
        return self.status in {"drained", "inactive", "created"}


class Deployment:
    """The versions of one bounded context's worker."""

    def __init__(self, client: Client, name: str) -> None:
        """`name` is that of its task queue."""
        self._client = client
        self._service = client.workflow_service
        self.name = name

    async def versions(self) -> list[Version]:
        """Newest first; none if no worker with a build id has ever polled."""
        info = await self._describe()
        if info is None:
            return []
        routing = info.routing_config
        ramping = routing.ramping_deployment_version.build_id
        found: list[Version] = []
        for summary in info.version_summaries:
            build_id = summary.deployment_version.build_id
            status = WorkerDeploymentVersionStatus.Name(summary.status)
            found.append(
                Version(
                    build_id=build_id,
                    status=status.removeprefix(_STATUS_PREFIX).lower(),
                    percentage=routing.ramping_version_percentage if build_id == ramping else 0,
                    running=await self._count(build_id),
                    pinned=await self._count(
                        build_id, 'TemporalWorkflowVersioningBehavior = "Pinned"'
                    ),
                )
            )
        return found

    async def make_current(self, build_id: str) -> None:
        """All tasks go to that version, but those of workflows that are pinned to another one.

        It may be named before its workers poll; tasks wait for them. With an empty `build_id`,
        tasks go to workers without one.
        """
        await self._service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(
                namespace=self._client.namespace,
                deployment_name=self.name,
                build_id=build_id,
                identity=self._client.identity,
                allow_no_pollers=True,
                ignore_missing_task_queues=True,
            )
        )

    async def has_current(self) -> bool:
        """Whether a version is current."""
        info = await self._describe()
        return info is not None and bool(info.routing_config.current_deployment_version.build_id)

    async def ramp(self, build_id: str, percentage: float) -> None:
        """That share of workflows, in percent, goes to that version; with an empty one, none."""
        await self._service.set_worker_deployment_ramping_version(
            SetWorkerDeploymentRampingVersionRequest(
                namespace=self._client.namespace,
                deployment_name=self.name,
                build_id=build_id,
                percentage=percentage,
                identity=self._client.identity,
                ignore_missing_task_queues=True,
            )
        )

    async def delete(self, build_id: str) -> None:
        """Raises `RPCError` if it still gets tasks, has pinned workflows, or workers that poll."""
        version = WorkerDeploymentVersion(deployment_name=self.name, build_id=build_id)
        await self._service.delete_worker_deployment_version(
            DeleteWorkerDeploymentVersionRequest(
                namespace=self._client.namespace,
                deployment_version=version,
                identity=self._client.identity,
            )
        )

    async def _describe(self) -> WorkerDeploymentInfo | None:
        request = DescribeWorkerDeploymentRequest(
            namespace=self._client.namespace, deployment_name=self.name
        )
        try:
            found = await self._service.describe_worker_deployment(request)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        return found.worker_deployment_info

    async def _count(self, build_id: str, *conditions: str) -> int:
        version = f"{self.name}:{build_id}"
        query = (
            f'TemporalWorkerDeploymentVersion = "{version}"',
            'ExecutionStatus = "Running"',
            *conditions,
        )
        return (await self._client.count_workflows(" AND ".join(query))).count
