defmodule StringFunctions do
  def main do
    s = "héllo wörld"
    show({String.length(s), byte_size(s), String.upcase(s), String.capitalize(s), String.reverse(s)})
    show(String.split("a b  c"))
    show(String.split("a,b,c", ",", parts: 2))
    show({String.slice(s, 1, 3), String.slice(s, -3..-1), String.at(s, 1), String.first(s), String.last(s)})
    show({String.replace("a-b-c", "-", "+"), String.replace("aXbX", ~r/X/, "_")})
    show({String.pad_leading("7", 3, "0"), String.pad_trailing("ab", 4), String.trim("  x "), String.duplicate("ab", 3)})
    show({String.starts_with?(s, "hé"), String.ends_with?(s, "ld"), String.contains?(s, ["zz", "wö"])})
    show({String.to_integer("42"), String.to_float("1.5"), String.to_atom("abc"), Integer.to_string(255, 16)})
    show(String.graphemes("e\u0301a"))
    show(String.codepoints("e\u0301a"))
    show({String.valid?(<<255>>), String.printable?("abc"), String.jaro_distance("abc", "abd")})
    show(to_charlist("abc"))
    show("#{1 + 1} and #{inspect(%{a: "b"})}")
    show(~s(sigil "quoted") <> ~S(\raw))
    show(String.next_codepoint("åb"))
    show(<<"abc"::binary, 1::16, 2::little-16>>)
    show(String.normalize("e\u0301", :nfc) == "é")
    show(Regex.run(~r/(\d+)-(\d+)/, "tel 12-345"))
    show(Regex.scan(~r/\w+/, "one two"))
    show(String.myers_difference("abc", "adc"))
    show(Base.encode16("hello") <> Base.encode64("hello") <> Base.url_encode64(<<255, 254>>))
    show(String.bag_distance("abc", "abd"))
    show(String.to_charlist("日本"))
    show(inspect("tab\t\"q\" \0 é"))
    show(inspect('charlist'))
    show(inspect({:a, [1, 2], %{"k" => nil}, 1.0, <<1::3>>, self: :x}))
    error(fn -> String.to_integer("x") end)
    error(fn -> String.to_existing_atom("never_seen_atom_zz") end)
  end

  defp show(x), do: IO.puts(inspect(x, binaries: :as_strings, charlists: :as_lists))

  defp error(f) do
    f.()
  rescue
    e -> IO.puts(inspect(e.__struct__))
  end
end
