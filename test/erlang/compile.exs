# compile.exs -- compiles Elixir test programs. Each line of standard input is FILE <tab> FOLDER.
Code.compiler_options(ignore_module_conflict: true)

for line <- IO.stream(:stdio, :line) do
  [file, folder] = line |> String.trim_trailing("\n") |> String.split("\t")

  case Kernel.ParallelCompiler.compile_to_path([file], folder) do
    {:ok, _, _} -> :ok
    {:error, errors, _} -> IO.inspect(errors, label: file)
  end
end
