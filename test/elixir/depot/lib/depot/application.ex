defmodule Depot.Application do
  @moduledoc false
  use Application

  @impl true
  def start(_type, _arguments) do
    children = [
      {Registry, keys: :unique, name: Depot.Names},
      {DynamicSupervisor, strategy: :one_for_one, max_restarts: 1000, name: Depot.Shelves},
      {Task.Supervisor, name: Depot.Tasks},
      {Agent, fn -> [] end} |> Supervisor.child_spec(id: Depot.Log) |> named(Depot.Log)
    ]

    Supervisor.start_link(children, strategy: :one_for_all, name: Depot.Supervisor)
  end

  defp named(%{start: {module, function, [arguments]}} = spec, name),
    do: %{spec | start: {module, function, [arguments, [name: name]]}}
end
