# Of each test one line when it begins and one when it has ended, appended to $RECORDS: for tools/elixir-suites.
defmodule Recorder do
  use GenServer

  def init(_), do: {:ok, File.open!(System.fetch_env!("RECORDS"), [:append, :raw])}

  def handle_cast({:test_started, test}, file), do: put(file, ["begin", name(test)])
  def handle_cast({:test_finished, test}, file), do: put(file, ["end", name(test), result(test.state)])
  def handle_cast({:suite_finished, _}, file), do: put(file, ["complete"])
  def handle_cast(_, file), do: {:noreply, file}

  defp name(test), do: "#{inspect(test.module)} #{test.name}"

  defp result(nil), do: "ok"
  defp result({:skipped, _}), do: "skipped"
  defp result({:excluded, _}), do: "excluded"
  defp result({:invalid, _}), do: "setup_all failed"
  defp result({:failed, why}), do: inspect(why, limit: 20, printable_limit: 300)

  defp put(file, fields) do
    line = Enum.map_join(fields, "\t", &(&1 |> String.replace(["\n", "\t", "\r"], " ") |> String.slice(0, 500)))
    :file.write(file, line <> "\n")
    {:noreply, file}
  end
end

# The usual formatter stays, as tests of ExUnit itself look at what it prints; and the order is the same each time.
ExUnit.configure(formatters: [ExUnit.CLIFormatter, Recorder], colors: [enabled: false], seed: 0)
